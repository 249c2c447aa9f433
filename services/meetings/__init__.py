"""Owns: the meetings of branches with their rolls, the visits of cadres, and community models (sinh hoạt, mô hình).

Publishes: periodicity, meetings held, visit duties, cadres assigned, visits completed, models, participation.
Listens to: membership, for units, access and who is a member of which branch.
"""

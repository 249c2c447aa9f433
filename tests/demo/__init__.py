"""Does the demo's history say what the newspapers printed, and is it shown as it should be?"""

"""How fast is Nền Nếp beside its peers and beside what the machine allows? Measured here, with guards, in one run."""

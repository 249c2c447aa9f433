"""How does the outside speak to a service? Intake, problem details, access, health and pages over HTTP."""

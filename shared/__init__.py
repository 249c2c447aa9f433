"""What every service shares: the published language and the kit. Nothing here imports a service."""

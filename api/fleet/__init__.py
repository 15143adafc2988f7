"""The stations as a fleet: what each shall be tuned to, and which release it is offered."""

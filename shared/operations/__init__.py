"""What does whoever runs the product hold in hand? Command line, supervisor, embedded courier, settings, doctor."""

"""What do all tests share? Real servers (`servers`) and bounded waiting (`waiting`)."""

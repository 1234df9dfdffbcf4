"""How it is searched, and how people use it. Never imports PyTorch."""

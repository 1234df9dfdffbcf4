"""Where studies are stored, and which process may write to them."""

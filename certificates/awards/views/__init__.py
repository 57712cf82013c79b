"""Pages of certificates: the holder's, the public's, HR's, and cards on other pages."""

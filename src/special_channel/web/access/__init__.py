"""Access of overseers and services: what they may read, why and until when."""

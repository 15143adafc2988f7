"""How long a picture takes: our whole way, the bare network, and ultralytics, in one run."""

"""The reserves and valleys everything belongs to."""

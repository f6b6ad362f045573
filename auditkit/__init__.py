"""auditkit tests integrity controls over a quarter's extracts and reports what it found, with denominators."""

__version__ = "0.1.0"

"""What is known to differ: per server, the tests it fails and why. A test listed here must fail."""

DIFFERS: dict[str, dict[str, str]] = {
    "ours": {},
    "original": {},
}

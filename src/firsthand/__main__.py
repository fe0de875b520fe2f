"""``python -m firsthand`` is the command line."""

from firsthand.cli.main import main

if __name__ == "__main__":
    main()

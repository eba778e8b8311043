"""``python -m bot`` is ``rounds``."""

import gc

from bot import cli


def main() -> None:
    # What was imported is never let go. To look through all of it again and again takes a fifth of a second each time, in which
    # nobody is answered.
    gc.freeze()
    cli.main()


if __name__ == "__main__":
    main()

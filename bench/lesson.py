"""CPU milliseconds to render one shipped lesson from its source, as at loading."""

import time

import site_data as site

ROUNDS = 30


def main() -> None:
    from lms.markdown.rendering import render

    print(site.machine())
    for path in sorted((site.ROOT / "courses" / "library").glob("*/lessons/*.md"))[:6]:
        source = path.read_text(encoding="utf-8").split("---\n", 2)[2]
        render(source)
        started = time.process_time()
        for _ in range(ROUNDS):
            render(source)
        each = (time.process_time() - started) * 1000 / ROUNDS
        print(f"{path.parent.parent.name}/{path.name:28} {len(source.encode()):6} bytes {each:6.1f} ms CPU")


if __name__ == "__main__":
    main()

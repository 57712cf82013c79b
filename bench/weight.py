"""Compressed kilobytes of each page with its styles, scripts and icons, as a browser fetches them the first time."""

import re

import pages
import site_data as site

LINKED = re.compile(r'(?:href|src)="(/static/[^"?#]+(?:\?[^"#]*)?)')


def main() -> None:
    app = site.app()
    from lms.access.views import COOKIE

    zipped = {"Accept-Encoding": "gzip"}
    print(f"{'page':44} {'page KB':>8} {'CSS KB':>7} {'JS KB':>7} {'rest KB':>8} {'all KB':>7}")
    for number, paths in pages.PAGES.items():
        client = app.test_client()
        client.set_cookie(COOKIE, site.session_for(app, number))
        known: dict[str, int] = {}
        for path in paths:
            answer = client.get(path, headers=zipped)
            text = client.get(path).get_data(as_text=True)
            sums = {"css": 0, "js": 0, "rest": 0}
            for address in set(LINKED.findall(text)):
                if address not in known:
                    known[address] = len(client.get(address, headers=zipped).get_data())
                ending = address.partition("?")[0].rpartition(".")[2]
                sums[ending if ending in sums else "rest"] += known[address]
            own = len(answer.get_data())
            parts = " ".join(f"{size / 1024:7.1f}" for size in sums.values())
            print(f"{number + ' ' + path:44} {own / 1024:8.1f} {parts} {(own + sum(sums.values())) / 1024:8.1f}")


if __name__ == "__main__":
    main()

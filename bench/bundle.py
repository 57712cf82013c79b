"""One ZIP of many certificates by the job: seconds, CPU, and how far memory grows."""

import resource
import sys
import time

import site_data as site


def memory() -> float:
    """Resident megabytes now."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1024 / 1024


def main() -> None:
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    app = site.app()
    from certificates.awards import bundle, queries
    from certificates.awards.queries import RegisterFilter
    from lms import clock, jobs
    from lms.db import transaction
    from lms.web.guards import Reach

    reaches = (Reach("hr", "all"),)
    with app.app_context():
        with transaction(writes=False):
            have, _ = queries.pdf_extent(reaches, clock.today(), RegisterFilter())
        times = -(-wanted // have)
        before, cpu, started = memory(), time.process_time(), time.monotonic()
        highest = 0.0
        for _ in range(times):
            with transaction():
                job = bundle.order(reaches, RegisterFilter())
                job_id = job.id
            jobs.run(job_id)
            highest = max(highest, memory())
        with transaction(writes=False):
            size = jobs.db.session.get(jobs.Job, job_id).result["bytes"]
    seconds, used = time.monotonic() - started, time.process_time() - cpu
    print(site.machine())
    print(
        f"{have * times} certificates in {times} ZIP of {size / 2**20:.0f} MB: {seconds:.1f} s, {used:.1f} s CPU, "
        f"memory {before:.0f} → {highest:.0f} MB"
    )


if __name__ == "__main__":
    main()

"""CPU milliseconds of one certificate PDF once warm, and of the first one."""

import time
from datetime import date
from decimal import Decimal

import site_data as site

ROUNDS = 200


def main() -> None:
    from certificates.awards import layout
    from lms import fontmaking, pdf

    folder = site.ROOT / "var" / "fonts"
    fontmaking.prepare(folder)
    pdf.register(folder)
    facts = layout.CertificateFacts(
        title="岗位资格证书", organisation="云州市12345政务服务便民热线", holder_name="沈𬱖䶮",
        statement="经考核，具备受理岗位资格，特发此证。", post_title="坐席",
        courses=(layout.CourseLine("12345 热线标准与流程", "第 1 版"),), score=Decimal(86), hours=Decimal("2.0"),
        number="YZ26-4217-K8QM", issued_on=date(2026, 11, 24), valid_until=date(2028, 11, 23),
        endorsing_department="云州市数据局", endorser_name="高晨",
        verify_url="https://study.example.gov.cn/v/YZ26-4217-K8QM", verify_code="YZ26-4217-K8QM",
    )  # fmt: skip
    started = time.process_time()
    content = layout.render(facts)
    first = (time.process_time() - started) * 1000
    started = time.process_time()
    for _ in range(ROUNDS):
        layout.render(facts)
    each = (time.process_time() - started) * 1000 / ROUNDS
    print(site.machine())
    print(f"first {first:.1f} ms CPU, then {each:.1f} ms CPU each over {ROUNDS}, {len(content)} bytes")


if __name__ == "__main__":
    main()

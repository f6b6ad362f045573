"""A controls folder of one table and one control, written to a temporary folder, for tests that bend one thing."""

from __future__ import annotations

from pathlib import Path

CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: shop
name: Shop
version: 1.0.0
status: active
description: {purpose: A table to test with.}
schema:
  - name: sale
    businessName: Sales
    description: One sale.
    properties:
      - {name: sale_id, logicalType: string, physicalType: VARCHAR, primaryKey: true, primaryKeyPosition: 1, required: true, classification: C1, description: Number.}
      - {name: seller_id, logicalType: string, physicalType: VARCHAR, classification: C2, description: Who sold.}
      - {name: value, logicalType: number, physicalType: "DECIMAL(18,2)", classification: C1, description: Value.}
      - {name: secret, logicalType: string, physicalType: VARCHAR, classification: C4, description: Restricted.}
  - name: refund
    businessName: Refunds
    description: One refund.
    properties:
      - {name: refund_id, logicalType: string, physicalType: VARCHAR, primaryKey: true, primaryKeyPosition: 1, required: true, classification: C1, description: Number.}
      - {name: sale_id, logicalType: string, physicalType: VARCHAR, classification: C1, description: Sale.}
"""
CONTROL = """\
id: SAL
title: Sales
version: 1.0.0
kind: test
objective: Sales stay within their limit.
risk: Loss.
criteria:
  - {id: rule, text: No sale above the limit., source: House rules, article: "4"}
owner: Head of sales
populations:
  sales: {title: Sales, view: sale_in_period, grain: [sale_id], source: sale}
parameters:
  limit: {title: Limit, type: decimal, default: "50", step: "0.01", source_of_default: House rules}
"""
POPULATION = "SELECT sale_id, seller_id, value FROM sale"
QUERY = """\
SELECT
    sale.sale_id,
    sale.seller_id AS person_id,
    sale.value AS amount,
    CASE
        WHEN sale.value IS NULL THEN 'NOT_TESTED:value_missing'
        WHEN sale.value > $limit THEN 'EXCEPTION'
        ELSE 'PASS'
    END AS result
FROM sale_in_period AS sale
"""
ATTRIBUTE = """\
id: SAL-01
title: A sale stays within the limit
population: sales
severity: medium
criteria: [rule]
message: "{amount} against the limit {limit}"
not_a_problem_when: The limit was raised for this seller.
cases:
  - name: the limit itself passes, one cent above it is an exception, a missing value is not tested
    given:
      sale: |
        sale_id, value
        at,      50.00
        above,   50.01
        none,
    expect: |
      sale_id, result
      at,      PASS
      above,   EXCEPTION
      none,    NOT_TESTED:value_missing
"""


def write_controls(
    root: Path,
    *,
    query: str = QUERY,
    attribute: str = ATTRIBUTE,
    control: str = CONTROL,
    population: str = POPULATION,
    contract: str = CONTRACT,
    more: dict[str, str] | None = None,
) -> Path:
    """Write a controls folder and a key under `root`; return the folder, to which `more` adds files by their path."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "auditkit.key").write_text("5a" * 32 + "\n", encoding="ascii")
    (root / "auditkit.key").chmod(0o600)
    folder = root / "controls"
    files = {
        "contracts/shop.odcs.yaml": contract,
        "sales/control.yml": control,
        "sales/sale_in_period.sql": population,
        "sales/sal_01_limit.sql": query,
        "sales/sal_01_limit.yml": attribute,
        **(more or {}),
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder

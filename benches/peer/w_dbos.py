#!/usr/bin/env python3
"""Load W on a durable-workflow engine: DBOS (PyPI `dbos`) on PostgreSQL, for the ratio to Cease.

One case is one workflow: a step that stores the declaration (1 KB), a wait for a person's approval
(a durable message), a step that acts on the network under an idempotency key, a step whose result is
the certificate (600 bytes). The engine puts every step on disk before it goes on. Starts nothing.

    python3 -m venv v && v/bin/pip install dbos
    v/bin/python w_dbos.py postgres://user@host:port/database [--clients 1,64] [--cases 600]
"""

import argparse
import concurrent.futures
import logging
import resource
import time
import uuid

from dbos import DBOS, SetWorkflowID

DECLARATION = {"number": "8944000000000000011", "name": "Holder", "statement": "I no longer use this card. " * 35}


@DBOS.step()
def declare(declaration):
    return {"reference": str(uuid.uuid4()), "declaration": declaration, "matches": True}


@DBOS.step()
def cease(key):
    return {"key": key, "read_back": "gone"}


@DBOS.step()
def certify(reference):
    return {"reference": reference, "certificate": "c" * 600}


@DBOS.workflow()
def cancellation(declaration):
    case = declare(declaration)
    approval = DBOS.recv("approval", timeout_seconds=120)
    assert approval and approval["evidence"]
    cease(case["reference"])
    return certify(case["reference"])


def one_case(_):
    """Declares, approves, waits for the certificate; answers how long each took."""
    case_id = str(uuid.uuid4())
    begun = time.perf_counter()
    with SetWorkflowID(case_id):
        handle = DBOS.start_workflow(cancellation, DECLARATION)
    declared = time.perf_counter()
    DBOS.send(case_id, {"evidence": "read"}, "approval")
    approved = time.perf_counter()
    assert len(handle.get_result()["certificate"]) == 600
    return declared - begun, approved - declared


def percentile(sorted_list, percent):
    return sorted_list[min(len(sorted_list) - 1, int(len(sorted_list) * percent / 100))]


def run(clients, cases):
    begun, cpu = time.perf_counter(), time.process_time()
    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        took = list(pool.map(one_case, range(cases)))
    wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
    each = sorted(t * 1000 for pair in took for t in pair)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{f'dbos, {clients} clients: cases/s':<44} {cases / wall:.0f}")
    print(f"{f'dbos, {clients} clients: transition, ms p50/p99':<44} {percentile(each, 50):.2f} / {percentile(each, 99):.2f}")
    print(f"{f'dbos, {clients} clients: processor, µs a case':<44} {cpu * 1e6 / cases:.0f} (without PostgreSQL)")
    print(f"{f'dbos, {clients} clients: memory at most, MiB':<44} {memory:.1f} (without PostgreSQL)", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--clients", default="1,64")
    parser.add_argument("--cases", type=int, default=600)
    args = parser.parse_args()
    url = args.url.replace("postgres://", "postgresql://", 1)
    logging.disable(logging.WARNING)
    DBOS(config={"name": "load-w", "system_database_url": url, "log_level": "ERROR", "run_admin_server": False})
    DBOS.launch()
    try:
        for clients in (int(n) for n in args.clients.split(",")):
            run(clients, args.cases if clients > 1 else max(1, args.cases // 4))
    finally:
        DBOS.destroy()


if __name__ == "__main__":
    main()

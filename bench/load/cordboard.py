"""Cordboard for the load harness: `examples/loadbed.rs`, which is the product with trunks and
extensions of the harness's. Run it with `bench/load/run`."""

import os


def start(ctx):
    bed = os.environ["LOADBED"]
    codec = ctx.opts.get("to", "g722") if ctx.workload == "transcode" else "pcmu"
    # Generators of media bind ports from 30000 on; calls without media may have them all.
    ports = "10000-61999" if ctx.workload in ("b2bua", "sipp") else "10000-28999"
    accounts = ctx.users if ctx.workload == "register" else 0
    process = ctx.spawn(
        [bed, ctx.path("state"), "--listen", f"{ctx.sip_ip}:{ctx.sip_port}"]
        + ["--caller", ctx.uac_ip, "--answerer", ctx.uas, "--accounts", str(accounts)]
        + ["--answerer-codec", codec, "--ports", ctx.opts.get("ports", ports)]
    )
    ctx.wait_port(ctx.sip_port)
    ctx.wait_sip()
    return {
        "sip": f"{ctx.sip_ip}:{ctx.sip_port}",
        "pids": {"cordboard": [process.pid]},
        "version": "cordboard",
        "note": "B2BUA; the caller is answered at once, the second leg waits for the disk",
    }

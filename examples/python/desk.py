"""A desk in Python, without a library of rtbridge: all that a client of the raw protocol has to do.

    python3 desk.py [ws://127.0.0.1:8765] [desk.cursor]

Prints bookings, also those made while it did not run. Needs `websockets` (Debian: python3-websockets).
"""

import asyncio
import json
import os
import random
import sys

import websockets

url = sys.argv[1] if len(sys.argv) > 1 else "ws://127.0.0.1:8765"
cursor_file = sys.argv[2] if len(sys.argv) > 2 else "desk.cursor"
# What came after the cursor comes again after a return, with the same id. A dict keeps the order of insertion.
seen = {}


def load_cursor():
    try:
        with open(cursor_file, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None


def save_cursor(cursor):
    """All or nothing: a crash leaves the old cursor or the new one. Call it after what came before was handled."""
    with open(cursor_file + ".new", "w", encoding="utf-8") as file:
        file.write(cursor)
    os.replace(cursor_file + ".new", cursor_file)


def show(event):
    if event["event_id"] in seen:
        return
    seen[event["event_id"]] = True
    if len(seen) > 10_000:
        del seen[next(iter(seen))]
    print(event["event_type"], event["id"], json.dumps(event["data"], ensure_ascii=False), flush=True)


def receive(message_type, data):
    """Handles a message, and keeps its cursor: of these messages only, that of `subscribed` is another matter."""
    if message_type == "events":
        for event in data["events"]:
            show(event)
    elif message_type == "gap":
        # In another history the same ids may stand for other events.
        seen.clear()
        print("gap", data["reason"], "- read the tables again", flush=True)
    elif message_type == "error":
        print(f"{data['code']}: {data['message']} ({data['hint']})", file=sys.stderr, flush=True)
    if message_type in ("registered", "events", "checkpoint", "gap") and data.get("cursor"):
        save_cursor(data["cursor"])


async def stay_connected(retry):
    """Ends with the connection; `retry` then has what matters for the next attempt."""
    async with websockets.connect(url, max_size=None) as socket:
        data = {"app_name": "Desk in Python", "batch": True, "resume": load_cursor()}
        data["subscriptions"] = [{"id": "bookings", "events": ["BOOKING_*"]}]
        await socket.send(json.dumps({"message_type": "register", "data": data}))
        async for text in socket:
            message = json.loads(text)
            receive(message["message_type"], message["data"])
            if message["message_type"] == "registered":
                retry["attempt"] = 0
                print(message["data"]["resumed"], file=sys.stderr, flush=True)
            elif message["message_type"] == "going_away":
                # Each client is told another time, so that they do not all come back at once.
                retry["pause"] = message["data"]["retry_ms"] / 1000


async def main():
    retry = {"attempt": 0, "pause": None}
    while True:
        try:
            await stay_connected(retry)
        except websockets.ConnectionClosed as error:
            # From 4500 on it would end the same way: the token is wrong, or taken back.
            if error.rcvd is not None and 4500 <= error.rcvd.code < 5000:
                raise
        except (OSError, asyncio.TimeoutError, websockets.WebSocketException) as error:
            print(f"cannot reach {url}: {error}", file=sys.stderr, flush=True)
        # Full jitter: any part of a pause that doubles.
        longest = min(15.0, 0.25 * 2 ** min(retry["attempt"], 6))
        pause = retry["pause"] or random.uniform(0, longest)
        retry.update(attempt=retry["attempt"] + 1, pause=None)
        await asyncio.sleep(pause)


try:
    asyncio.run(main())
except KeyboardInterrupt:
    pass

"""A client that rtbridge's authors did not write: Debian's python3-websockets.

Usage: websocket_client.py URL REGISTER COUNT. Sends the message REGISTER, prints one line of JSON per message of the hub,
and ends after COUNT events. Keeps to what every version of the library since 10 has.
"""

import asyncio
import json
import sys

import websockets


async def main(url, register, count):
    async with websockets.connect(url) as socket:
        await socket.send(register)
        events = 0
        while events < count:
            text = await socket.recv()
            print(text, flush=True)
            message = json.loads(text)
            if message["message_type"] == "events":
                events += len(message["data"]["events"])
            if message["message_type"] == "realtime_event":
                events += 1
        await socket.send(json.dumps({"message_type": "ping", "data": {}, "message_id": "last"}))
        while True:
            text = await socket.recv()
            print(text, flush=True)
            if json.loads(text)["message_type"] == "pong":
                return


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))

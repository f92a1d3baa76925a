// A WebSocket server and client on the package "ws".
//   node websocket.mjs server IP PORT    echoes messages; prints "ready", and one line a connection's end
//   node websocket.mjs client URL        converses once and prints what it saw as JSON
//   node websocket.mjs stay URL          sends a message every 20 ms until its input ends, then as "client"
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { WebSocket, WebSocketServer } from "ws";

const [role, where, port] = process.argv.slice(2);

if (role === "server") {
  const server = new WebSocketServer({ host: where, port: Number(port), maxPayload: 1 << 26 });
  server.on("connection", (socket, request) => {
    socket.send(`hello ${request.url} ${request.headers["x-forwarded-for"]}`);
    socket.on("message", (data, binary) => socket.send(data, { binary }));
    socket.on("close", (code, reason) => console.log(`closed ${code} ${reason}`));
  });
  await once(server, "listening");
  console.log("ready");
} else {
  const socket = new WebSocket(where, ["chat.example"]);
  const seen = { sent: 0, echoed: 0, pongs: 0, wrong: 0 };
  const waiting = [];
  let greeting;
  const greeted = new Promise((resolve) => (greeting = resolve));
  socket.on("message", (data, binary) => {
    if (seen.hello === undefined) {
      seen.hello = data.toString();
      greeting();
      return;
    }
    const wanted = waiting.shift();
    if (wanted === undefined || wanted.binary !== binary || !wanted.data.equals(data)) {
      seen.wrong++;
    }
    seen.echoed++;
    wanted?.done();
  });
  socket.on("pong", () => seen.pongs++);
  socket.on("error", (error) => (seen.error = String(error)));
  const closed = once(socket, "close");
  await Promise.race([once(socket, "open"), closed]);
  await Promise.race([greeted, closed]);
  const echo = (data, binary) =>
    new Promise((resolve) => {
      waiting.push({ data: Buffer.from(data), binary, done: resolve });
      seen.sent++;
      socket.send(data, { binary });
    });
  if (role === "stay") {
    let ended = false;
    process.stdin.on("end", () => (ended = true)).resume();
    while (!ended && socket.readyState === WebSocket.OPEN) {
      await Promise.race([echo(`tick ${seen.sent}`, false), closed]);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  } else {
    for (const size of [0, 1, 125, 126, 65535, 65536, 3_000_000]) {
      await Promise.race([echo(randomBytes(size), true), closed]);
    }
    await Promise.race([echo("text: äöü €", false), closed]);
    socket.ping("are you there");
    await Promise.race([once(socket, "pong"), closed]);
  }
  socket.close(4001, "enough");
  const [code, reason] = await closed;
  console.log(JSON.stringify({ ...seen, protocol: socket.protocol, code, reason: reason.toString() }));
}

// Serves the build of Agent Canvas and an agent server on one port, as `openhands serve` does by itself: for the original,
// which serves no interface.

import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { createServer, request } from "node:http";
import { once } from "node:events";
import { connect } from "node:net";
import { extname, join } from "node:path";

import { target } from "../place/folders.mjs";

/** What belongs to the agent server. */
const SERVER = /^\/(api|sockets|server_info|alive|health|ready|docs|redoc|openapi\.json|v1)(\/|\?|$)/;

const KINDS = {
  ".css": "text/css; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".mp3": "audio/mpeg",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".xml": "application/xml",
};

/** Puts the interface in front of a server; resolves with its address and what ends it. */
export async function hostInterface(server) {
  const folder = join(target(), "ui");
  const index = completed(readFileSync(join(folder, "index.html"), "utf8"), server.apiKey);
  const behind = new URL(server.host);
  const sockets = new Set();

  const host = createServer((incoming, answer) => {
    if (SERVER.test(incoming.url)) return forward(incoming, answer, behind);
    const path = decodeURIComponent(incoming.url.split("?")[0]);
    const file = join(folder, path);
    const kind = KINDS[extname(path)];
    if (kind && existsSync(file) && statSync(file).isFile()) {
      answer.writeHead(200, { "content-type": kind });
      createReadStream(file).pipe(answer);
    } else if (extname(path) && path !== "/index.html") {
      answer.writeHead(404).end();
    } else {
      answer.writeHead(200, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" }).end(index);
    }
  });
  host.on("upgrade", (incoming, socket, head) => upgrade(incoming, socket, head, behind));
  host.on("connection", (socket) => sockets.add(socket).size && socket.on("close", () => sockets.delete(socket)));
  host.listen(0, "127.0.0.1");
  await once(host, "listening");

  const close = async () => {
    host.close();
    for (const socket of sockets) socket.destroy();
    await once(host, "close");
  };
  return { address: `http://127.0.0.1:${host.address().port}`, close };
}

/** The page with what it has to know: the key, and that nobody wants to be counted. */
function completed(page, apiKey) {
  const known = `window.__AGENT_CANVAS_SESSION_API_KEY__=${JSON.stringify(apiKey)};window.__AGENT_CANVAS_DO_NOT_TRACK__=true;`;
  return page.replace("</head>", `<script>${known}</script></head>`);
}

function forward(incoming, answer, { hostname, port }) {
  const { url: path, method, headers } = incoming;
  const asked = request({ hostname, port, path, method, headers }, (answered) => {
    answer.writeHead(answered.statusCode, answered.headers);
    answered.pipe(answer);
  });
  asked.on("error", () => answer.destroy());
  incoming.pipe(asked);
}

function upgrade({ method, url, rawHeaders }, socket, head, { hostname, port }) {
  const server = connect(Number(port), hostname, () => {
    const lines = rawHeaders.flatMap((name, at) => (at % 2 ? [] : [`${name}: ${rawHeaders[at + 1]}`]));
    server.write([`${method} ${url} HTTP/1.1`, ...lines, "", ""].join("\r\n"));
    server.write(head);
    socket.pipe(server).pipe(socket);
  });
  server.on("error", () => socket.destroy());
  socket.on("error", () => server.destroy());
}

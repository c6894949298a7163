// Stands between osier and its database, and can be the database's bad day: gone, or silent.

import { once } from "node:events";
import net from "node:net";

export class DatabaseProxy {
  #server;
  #sockets = new Set();
  #mode = "open";

  // `socketFolder` is where PostgreSQL listens.
  static async before(socketFolder) {
    const proxy = new DatabaseProxy();
    proxy.#server = net.createServer((near) => proxy.#connect(near, socketFolder)).listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get connection() {
    return `host=127.0.0.1 port=${this.#server.address().port} user=osier dbname=osier`;
  }

  // Connections are cut, and new ones end at once.
  goDown() {
    this.#mode = "down";
    for (const socket of this.#sockets) socket.destroy();
  }
  // Connections stay, and nothing comes back: a host that has vanished without a word.
  goSilent() {
    this.#mode = "silent";
  }
  // What fell silent stays so; new connections work.
  comeBack() {
    this.#mode = "open";
  }
  close() {
    this.goDown();
    this.#server.close();
  }

  #connect(near, socketFolder) {
    if (this.#mode === "down") return near.destroy();
    this.#track(near);
    if (this.#mode === "silent") return;
    const far = net.connect(`${socketFolder}/.s.PGSQL.5432`);
    this.#track(far);
    let isLost = false;
    const forward = (from, to) => from.on("data", (bytes) => {
      isLost ||= this.#mode === "silent";
      if (!isLost) to.write(bytes);
    });
    forward(near, far);
    forward(far, near);
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
  }

  #track(socket) {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
  }
}

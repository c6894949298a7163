// Stands between osier and something it depends on, and can be that thing's bad day: gone, silent, slow, or cut in the middle of a word.

import { once } from "node:events";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export class TcpProxy {
  #server;
  #target;
  #sockets = new Set();
  #mode = "open";
  #delay = 0;
  #bytesPerSecond = Infinity;
  connections = 0;  // How many have ever come.

  // `target` is {path} of a Unix socket, or {port} on this machine.
  static async before(target) {
    const proxy = new this();
    proxy.#target = target;
    proxy.#server = net.createServer((near) => proxy.#connect(near)).listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get port() {
    return this.#server.address().port;
  }

  // Connections end, and new ones end at once.
  goDown() {
    this.#mode = "down";
    for (const socket of this.#sockets) socket.destroy();
  }
  // Connections stay, and nothing comes back: a host that has vanished without a word.
  goSilent() {
    this.#mode = "silent";
  }
  // Every piece waits so long on its way, in both directions.
  delayBy(milliseconds) {
    this.#delay = milliseconds;
  }
  // So few bytes a second come through, a few at a time.
  trickle(bytesPerSecond) {
    this.#bytesPerSecond = bytesPerSecond;
  }
  // Cuts what is connected now by RST; new connections work.
  reset() {
    for (const socket of this.#sockets) socket.remoteFamily ? socket.resetAndDestroy() : socket.destroy();
  }
  // New connections work as they should. What fell silent stays so.
  comeBack() {
    this.#mode = "open";
    this.#delay = 0;
    this.#bytesPerSecond = Infinity;
  }
  close() {
    this.goDown();
    this.#server.close();
  }

  #connect(near) {
    ++this.connections;
    if (this.#mode === "down") return near.destroy();
    this.#track(near);
    if (this.#mode === "silent") return;
    const far = net.connect({ host: "127.0.0.1", ...this.#target });
    this.#track(far);
    const pair = { isLost: false };
    this.#forward(near, far, pair);
    this.#forward(far, near, pair);
    near.on("close", () => far.destroy());
  }

  // One piece after the other, so that a slow one holds up those behind it.
  #forward(from, to, pair) {
    let before = Promise.resolve();
    let underWay = 0;
    from.on("data", (bytes) => {
      if (this.#mode === "silent") pair.isLost = true;
      if (pair.isLost) return;
      const isQuick = this.#delay === 0 && this.#bytesPerSecond === Infinity;
      if (isQuick && underWay === 0) return void to.write(bytes);
      ++underWay;
      from.pause();
      before = before.then(() => this.#creep(bytes, to)).then(() => {
        if (--underWay === 0) from.resume();
      });
    });
    from.on("close", () => before.then(() => to.destroySoon()));
  }

  async #creep(bytes, to) {
    await sleep(this.#delay);
    const step = 8;
    for (let from = 0; from < bytes.length && !to.destroyed;) {
      if (this.#bytesPerSecond === Infinity) return void to.write(bytes.subarray(from));
      to.write(bytes.subarray(from, from += step));
      await sleep(1000 * step / this.#bytesPerSecond);
    }
  }

  #track(socket) {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
  }
}

// The same before a PostgreSQL that listens in a folder.
export class DatabaseProxy extends TcpProxy {
  static before(socketFolder) {
    return super.before({ path: `${socketFolder}/.s.PGSQL.5432` });
  }
  get connection() {
    return `host=127.0.0.1 port=${this.port} user=osier dbname=osier`;
  }
}

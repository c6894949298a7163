// A proxy that reads PostgreSQL's protocol (version 3): it can change a message, or stop everything just before or after one.

import { once } from "node:events";
import net from "node:net";

export class WireProxy {
  #server;
  #socketPath;
  #sockets = new Set();
  #isStopped = false;

  // What may be done about a message, each told its type (one letter) and all its bytes: nothing (it goes on), other bytes in its
  // place, or WireProxy.stop, and nothing goes any way any more.
  toServer = () => {};
  toOsier = () => {};
  static stop = Symbol("stop");

  static async before(socketFolder) {
    const proxy = new WireProxy();
    proxy.#socketPath = `${socketFolder}/.s.PGSQL.5432`;
    proxy.#server = net.createServer((near) => proxy.#connect(near)).listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  // Encryption is not asked for, so that the first message is the start of a session.
  get connection() {
    return `host=127.0.0.1 port=${this.#server.address().port} user=osier dbname=osier sslmode=disable gssencmode=disable`;
  }

  get isStopped() {
    return this.#isStopped;
  }
  stop() {
    this.#isStopped = true;
    for (const socket of this.#sockets) socket.destroy();
  }
  goOn() {
    this.#isStopped = false;
  }
  close() {
    this.stop();
    this.#server.close();
  }

  #connect(near) {
    if (this.#isStopped) return near.destroy();
    const far = net.connect(this.#socketPath);
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
    }
    // The first message has no type. A connection's state, such as how many of its messages came by, is the hooks' own.
    const session = {};
    this.#forward(near, far, new Messages({ isUntyped: true }), (message) => this.toServer(message.type, message.bytes, session));
    this.#forward(far, near, new Messages({ isUntyped: false }), (message) => this.toOsier(message.type, message.bytes, session));
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroySoon());
  }

  #forward(from, to, messages, hook) {
    from.on("data", (bytes) => {
      const passed = [];
      for (const message of messages.take(bytes)) {
        if (this.#isStopped) return;
        const answer = hook(message);
        if (answer === WireProxy.stop) {
          // What came before it still gets there, as it does when a process dies between two writes.
          this.#isStopped = true;
          const ending = [...this.#sockets];
          to.end(Buffer.concat(passed), () => ending.forEach((socket) => socket.destroy()));
          return;
        }
        passed.push(answer ?? message.bytes);
      }
      if (passed.length > 0) to.write(Buffer.concat(passed));
    });
  }
}

class Messages {
  #rest = Buffer.alloc(0);
  #isUntyped;

  constructor({ isUntyped }) {
    this.#isUntyped = isUntyped;
  }

  take(bytes) {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const whole = [];
    for (;;) {
      const head = this.#isUntyped ? 0 : 1;
      if (this.#rest.length < head + 4) return whole;
      const length = head + this.#rest.readUInt32BE(head);
      if (this.#rest.length < length) return whole;
      whole.push({ type: this.#isUntyped ? "" : String.fromCharCode(this.#rest[0]), bytes: this.#rest.subarray(0, length) });
      this.#rest = this.#rest.subarray(length);
      this.#isUntyped = false;
    }
  }
}

const textAt = (bytes, from) => bytes.toString("utf8", from, bytes.indexOf(0, from));

// Which prepared statement a Bind executes.
export function statementOfBind(bytes) {
  return textAt(bytes, bytes.indexOf(0, 5) + 1);
}

// A Parse message's name and text, and the message with another text.
export function readParse(bytes) {
  const name = textAt(bytes, 5);
  const at = 5 + Buffer.byteLength(name) + 1;
  const sql = textAt(bytes, at);
  const withSql = (text) => {
    const made = Buffer.concat([bytes.subarray(0, at), Buffer.from(text), bytes.subarray(at + Buffer.byteLength(sql))]);
    made.writeUInt32BE(made.length - 1, 1);
    return made;
  };
  return { name, sql, withSql };
}

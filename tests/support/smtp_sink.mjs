// A mail server that takes every mail and keeps it.

import { once } from "node:events";
import net from "node:net";

export class SmtpSink {
  mails = [];  // {to, messageId, text}, as they came.
  #server;
  #sockets = new Set();

  static async open() {
    const sink = new SmtpSink();
    sink.#server = net.createServer((socket) => sink.#serve(socket)).listen(0, "127.0.0.1");
    await once(sink.#server, "listening");
    return sink;
  }
  get port() {
    return this.#server.address().port;
  }
  to(address) {
    return this.mails.filter((mail) => mail.to.includes(address));
  }
  close() {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #serve(socket) {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
    const say = (line) => socket.write(`${line}\r\n`);
    let rest = "";
    let to = "";
    let isData = false;
    say("220 sink.example ESMTP");
    socket.on("data", (bytes) => {
      rest += bytes.toString("latin1");
      for (;;) {
        const end = rest.indexOf(isData ? "\r\n.\r\n" : "\r\n");
        if (end < 0) return;
        const text = rest.slice(0, end);
        rest = rest.slice(end + (isData ? 5 : 2));
        if (isData) {
          isData = false;
          this.mails.push({ to, text, messageId: /^Message-ID:\s*(\S+)/im.exec(text)?.[1] });
          say("250 kept");
          continue;
        }
        const command = text.slice(0, 4).toUpperCase();
        if (command === "RCPT") to = text;
        if (command === "DATA") isData = true;
        say({ EHLO: "250 sink.example", DATA: "354 go on", QUIT: "221 bye" }[command] ?? "250 ok");
        if (command === "QUIT") socket.end();
      }
    });
  }
}

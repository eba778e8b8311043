// The hub as a shared worker: windows say { join, seq } when they open and { leave } when they close.

import { Hub } from "./hub.js";

const hub = new Hub();

self.onconnect = ({ ports: [port] }) => {
  port.onmessage = ({ data }) => {
    if (data.leave) hub.leave(port);
    else hub.join(port, data.join, data.seq);
  };
};

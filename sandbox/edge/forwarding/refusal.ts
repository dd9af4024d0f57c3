import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { type EdgeError, errorBody } from '../errors.ts';

/** Answers a WebSocket handshake by an error, as HTTP. */
export function refuseUpgrade(socket: Socket, error: EdgeError): void {
  if (socket.destroyed) return;
  const body = JSON.stringify(errorBody(error));
  const lines = [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? 'Error'}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

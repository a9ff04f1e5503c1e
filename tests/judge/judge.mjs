// Tells what Element would show. Reads one request per line of standard input, answers one line of standard output:
//   {"do": "open", "as": name, "server", "user", "device", "token", "signed", "strict"}   a person on a device
//   {"do": "read", "as": name, "room", "events": [id]}    what that person sees of these events
//   {"do": "say", "as": name, "room", "body"}             the id of what that person said
//   {"do": "restore", "as": name, "key"}                  how many room keys the backup gave that person
import { createInterface } from "node:readline";
import { createClient } from "matrix-js-sdk";
import { logger } from "matrix-js-sdk/lib/logger.js";
import {
    AllDevicesIsolationMode,
    DecryptionFailureCode,
    EventShieldColour,
    EventShieldReason,
    OnlySignedDevicesIsolationMode,
} from "matrix-js-sdk/lib/crypto-api/index.js";

logger.setLevel("silent");
for (const name of ["log", "debug", "info", "warn", "error", "trace"]) console[name] = () => {};

const people = new Map();
const SECONDS_FOR_A_KEY = 15;

const once = (emitter, name, wanted) =>
    new Promise((resolve) => {
        const listener = (...args) => {
            if (!wanted(...args)) return;
            emitter.off(name, listener);
            resolve();
        };
        emitter.on(name, listener);
    });

const atMost = (seconds, promise) => {
    let timer;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, seconds * 1000)));
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

async function open({ as, server, user, device, token, signed, strict }) {
    const client = createClient({ baseUrl: server, userId: user, deviceId: device, accessToken: token });
    await client.initRustCrypto({ useIndexedDB: false });
    const crypto = client.getCrypto();
    crypto.setDeviceIsolationMode(strict ? new OnlySignedDevicesIsolationMode() : new AllDevicesIsolationMode(false));
    const ready = once(client, "sync", (state) => state === "PREPARED");
    await client.startClient({ initialSyncLimit: 50 });
    await ready;
    if (signed) await crypto.bootstrapCrossSigning({ authUploadDeviceSigningKeys: (upload) => upload(null) });
    people.set(as, client);
    return {};
}

const present = async (client, room, id) => {
    const found = () => client.getRoom(room)?.findEventById(id);
    if (!found()) await atMost(SECONDS_FOR_A_KEY, once(client, "Room.timeline", (event) => event.getId() === id));
    if (!found()) await client.getEventTimeline(client.getRoom(room).getUnfilteredTimelineSet(), id);
    return found();
};

const keyIsMissing = (event) =>
    event.isDecryptionFailure() &&
    event.decryptionFailureReason === DecryptionFailureCode.MEGOLM_UNKNOWN_INBOUND_SESSION_ID;

async function see(client, room, id) {
    const event = await present(client, room, id);
    await client.decryptEventIfNeeded(event);
    if (keyIsMissing(event)) {
        await atMost(SECONDS_FOR_A_KEY, once(event, "Event.decrypted", () => !keyIsMissing(event)));
    }
    const info = await client.getCrypto().getEncryptionInfoForEvent(event);
    return {
        id,
        encrypted: event.isEncrypted(),
        decrypted: event.isEncrypted() && !event.isDecryptionFailure(),
        failure: event.decryptionFailureReason,
        body: event.isDecryptionFailure() ? null : event.getContent().body,
        shield: info ? EventShieldColour[info.shieldColour] : null,
        reason: info && info.shieldReason !== null ? EventShieldReason[info.shieldReason] : null,
    };
}

async function read({ as, room, events }) {
    const seen = [];
    for (const id of events) seen.push(await see(people.get(as), room, id));
    return { seen };
}

async function say({ as, room, body }) {
    const { event_id } = await people.get(as).sendTextMessage(room, body);
    return { event: event_id };
}

async function restore({ as, key }) {
    const crypto = people.get(as).getCrypto();
    const { version } = await crypto.getKeyBackupInfo();
    await crypto.storeSessionBackupPrivateKey(Buffer.from(key, "base64"), version);
    return { imported: (await crypto.restoreKeyBackup()).imported };
}

const deeds = { open, read, say, restore };
for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    const answer = await deeds[request.do](request).catch((error) => ({ error: String(error?.stack ?? error) }));
    process.stdout.write(`${JSON.stringify(answer)}\n`);
}
for (const client of people.values()) client.stopClient();
process.exit(0);

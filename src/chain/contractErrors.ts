// SPDX-License-Identifier: Apache-2.0
import { decodeBytes32String, formatEther, Interface, type ErrorDescription, type ErrorFragment, isError } from "ethers";

import { CloisterError, type ErrorDetails } from "../core/errors";
import { numberTooLarge } from "../core/numberTooLarge";
import { nameOf, offerTypeName } from "../core/offerType";
import { Fault, orderStatusName } from "../core/orderStatus";
import { RESOURCE_LANES } from "../core/resources";
import { formatTokens } from "../core/tokenAmount";
import {
  Attestation__factory,
  IERC20Errors__factory,
  MarketplaceLens__factory,
  MarketToken__factory,
  OfferCatalog__factory,
  ProviderRegistry__factory,
  RewardPool__factory,
} from "../../typechain-types";
import { ERROR_TEXTS } from "./errorTexts";
import { orderBookAbi } from "./orderBook";

/** Codes of Node for a connection that cannot be made, or ends before there is an answer. */
const CONNECTION_LOST = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"]);

/** Every error that a transaction to the market can end in, of all contracts together. */
export const MARKET_ERRORS: Interface = new Interface([
  ...uniqueErrors([
    orderBookAbi,
    OfferCatalog__factory.abi,
    ProviderRegistry__factory.abi,
    Attestation__factory.abi,
    RewardPool__factory.abi,
    MarketplaceLens__factory.abi,
    MarketToken__factory.abi,
    IERC20Errors__factory.abi,
    // Raised inside the catalog while the order book waits for it, and by libraries: in no other ABI of ours.
    ["error Panic(uint256 code)"],
  ]),
]);

/**
 * Turns what ethers throws into a {@link CloisterError}: the contract's named error with its numbers and what to do, or what is
 * wrong with the connection or the account. Errors that are not the chain's come back as they are.
 */
export function decodeContractError(error: unknown): unknown {
  if (error instanceof CloisterError) return error;
  const data = revertDataOf(error);
  // An error of a contract begins with the four bytes of its name; a call that ran out of gas answers with none.
  const parsed = data === undefined || data.length < 10 ? null : MARKET_ERRORS.parseError(data);
  if (parsed !== null) return describe(parsed, error);
  if (isError(error, "INSUFFICIENT_FUNDS") || lacksCoin(error)) {
    return coinMissing(error);
  }
  if (isError(error, "NETWORK_ERROR") || isError(error, "SERVER_ERROR") || isError(error, "TIMEOUT") || CONNECTION_LOST.has(codeOf(error) ?? "")) {
    return new CloisterError("ChainUnreachable", "The chain does not answer.", "See that it runs, and check blockchain.rpcUrl in the configuration.", {}, { cause: error });
  }
  if (isError(error, "CALL_EXCEPTION")) {
    return new CloisterError("TransactionFailed", `The contract refused without a reason${data === undefined ? "" : ` (${data})`}.`, "Try again: its state may have changed while it was sent. If that does not help, check blockchain.contracts in the configuration.", {}, { cause: error });
  }
  if (isError(error, "NONCE_EXPIRED") || isError(error, "REPLACEMENT_UNDERPRICED")) {
    return new CloisterError("NonceTaken", "Another transaction of this account was faster.", "Try again.", {}, { cause: error });
  }
  return numberTooLarge(error) ?? error;
}

/** The sentence of a contract error: its text with the arguments filled in. */
export function describe(parsed: ErrorDescription, cause?: unknown): CloisterError {
  const details = Object.fromEntries(parsed.fragment.inputs.map((input, index) => [input.name || `value${index}`, printable(input.name, parsed.args[index])])) as ErrorDetails;
  const text = ERROR_TEXTS[parsed.name];
  const amounts = IN_TOKENS[parsed.name] ?? [];
  const said = Object.fromEntries(Object.entries(details).map(([name, value]) => [name, amounts.includes(name) && typeof value === "bigint" ? formatTokens(value) : value]));
  const message = text ? fill(text[0], said) : `The contract refused: ${parsed.name}(${Object.entries(details).map(([name, value]) => `${name} ${value}`).join(", ")}).`;
  return new CloisterError(parsed.name, message, text && fill(text[1], said), details, { cause });
}

function fill(template: string, details: ErrorDetails): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? `{${name}}`));
}

/** Numbers that stand for a word become the word; which ones, their names say. */
function printable(name: string, value: unknown): string | bigint | boolean {
  const vocabulary = VOCABULARIES[name];
  if (vocabulary !== undefined && typeof value === "bigint") return vocabulary(Number(value));
  // A word that names something, e.g. which field of an approval is another.
  if (name === "field" && typeof value === "string") return decodeBytes32String(value);
  return typeof value === "bigint" || typeof value === "boolean" ? value : String(value);
}

/** Errors whose sentence says amounts of units in tokens, and which of their arguments those are; their details keep the units. */
const IN_TOKENS: Readonly<Record<string, readonly string[]>> = {
  DepositTooSmall: ["given", "required"],
  ERC20InsufficientAllowance: ["allowance", "needed"],
  ERC20InsufficientBalance: ["balance", "needed"],
  NotReserved: ["reserved", "amount"],
  PriceAboveCeiling: ["most", "ceiling"],
  SecurityTooSmall: ["free", "required"],
};

const VOCABULARIES: Readonly<Record<string, (value: number) => string>> = {
  status: orderStatusName,
  orderStatus: orderStatusName,
  from: orderStatusName,
  to: orderStatusName,
  fault: (value) => nameOf(Fault, value),
  offerType: offerTypeName,
  resource: (value) => RESOURCE_LANES[value] ?? String(value),
  kind: (value) => (value === 0 ? "Hardware" : "Simulated"),
};

/** ethers keeps revert data in several places, depending on who answered. */
function revertDataOf(error: unknown): string | undefined {
  for (let current: unknown = error, depth = 0; current !== null && typeof current === "object" && depth < 6; depth++) {
    const { data, info, error: inner, cause } = current as Record<string, unknown>;
    if (typeof data === "string" && data.length >= 10) return data;
    if (data !== null && typeof data === "object" && typeof (data as { data?: unknown }).data === "string") return (data as { data: string }).data;
    current = inner ?? info ?? cause;
  }
  return undefined;
}

/** Which account it is, and the amounts, where the node says them. */
function coinMissing(error: unknown): CloisterError {
  const { transaction, message } = error as { transaction?: { from?: string | null }; message: string };
  const account = transaction?.from ?? /address (0x[0-9a-fA-F]{40})/.exec(message)?.[1];
  const [, needed, has] = /upfront cost is: (\d+) and the sender's balance is: (\d+)/.exec(message) ?? [];
  const [, balance = has, wanted = needed] = /have (\d+) want (\d+)/.exec(message) ?? [];
  const amounts = balance === undefined || wanted === undefined ? "" : `: it has ${formatEther(balance)}, the transaction may take up to ${formatEther(wanted)}`;
  const text = `${account === undefined ? "The account" : `Account ${account}`} has too little of the chain's coin to pay for gas${amounts}.`;
  const details = { ...(account !== undefined && { account }), ...(amounts !== "" && { given: balance, required: wanted }) };
  return new CloisterError("InsufficientFunds", text, "Send it some, or use another account.", details, { cause: error });
}

/** Nodes that ethers does not understand say it in words only. */
function lacksCoin(error: unknown): boolean {
  return isError(error, "UNKNOWN_ERROR") && /insufficient funds|enough funds to send/i.test(error.message);
}

function codeOf(error: unknown): string | undefined {
  return error !== null && typeof error === "object" ? (error as { code?: string }).code : undefined;
}

function uniqueErrors(abis: readonly (readonly unknown[])[]): ErrorFragment[] {
  const known = new Map<string, ErrorFragment>();
  for (const abi of abis) {
    new Interface(abi as never).forEachError((fragment) => known.set(fragment.format("sighash"), fragment));
  }
  return [...known.values()];
}

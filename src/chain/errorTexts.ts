// SPDX-License-Identifier: Apache-2.0

/**
 * What every error of the contracts says to people: the sentence, with the error's arguments by name, and what to do.
 * docs/errors.md is made from it; a test holds that no error of any artifact is missing.
 */
export const ERROR_TEXTS: Readonly<Record<string, readonly [sentence: string, fix: string]>> = {
  AccessManagedInvalidAuthority: [
    "{authority} is no access manager.",
    "Nothing to do: the authority of these contracts never changes.",
  ],
  AccessManagedRequiredDelay: [
    "{caller} has to schedule this and wait {delay} seconds.",
    "Schedule it through the access manager, and execute it after the delay.",
  ],
  AccessManagedUnauthorized: [
    "{caller} may not administer this contract.",
    "Use an account with the role.",
  ],
  AccountMissing: [
    "An account of the provider is the zero address.",
    "Name an action account and a token receiver.",
  ],
  AccountNotAllowed: [
    "Offer {offer} does not sell to {account}.",
    "Ask its owner to allow the account, or choose another offer.",
  ],
  AddressEmptyCode: [
    "There is no contract at {target}.",
    "Check blockchain.contracts in the configuration.",
  ],
  AlreadyMarked: [
    "Order {order} was marked before.",
    "Nothing to do: an order is marked once.",
  ],
  AlreadyRegistered: [
    "{authority} is already provider {provider}.",
    "Use `providers update` to change it.",
  ],
  AlreadyReported: [
    "Order {order} already has its report.",
    "An order that runs ends by finishing, or by its deadline.",
  ],
  AlreadyRewarded: [
    "Provider {provider} already got {amount} units of token {token} for epoch {epoch}.",
    "Nothing to do: each epoch is paid once.",
  ],
  ApprovalExpired: [
    "The signed approval ended at {notAfter}; now it is {blockTime} (Unix seconds).",
    "Ask the owner for a new one.",
  ],
  ApprovalMismatch: [
    "The signed approval is not for suborder {suborder}: its {field} is another.",
    "Use the approval that the owner signed for this offer, solution, customer and release.",
  ],
  ApprovalNotSigned: [
    "The approval {approval} is not signed by {signer}, the action account of the offer's provider.",
    "Ask the owner to sign with the action account that the provider has now.",
  ],
  ApprovalUsedUp: [
    "The approval {approval} was used as often as it says ({uses}), or revoked.",
    "Ask the owner for a new one.",
  ],
  BookUnknown: [
    "No order book {book} is known to the catalog.",
    "Enrol it with `enrollBook`, or name the market's order book.",
  ],
  CertificateAuthorityNotFound: [
    "The certificate authority {ca} is not known.",
    "Register a device under it first.",
  ],
  CertificateAuthorityOfOtherRoot: [
    "The certificate authority {ca} is under root {expected}, not {given}.",
    "Send the chain as the certification authority issued it.",
  ],
  CertificateExpired: [
    "The certificate of key {key} ended at {validUntil} (Unix seconds).",
    "Renew it: `tee run` does so by itself when its certification authority answers.",
  ],
  CertificateNotYetValid: [
    "The certificate of key {key} begins at {validFrom} (Unix seconds).",
    "Check the clocks, or wait.",
  ],
  ChainLengthWrong: [
    "A certificate chain of {given} was given, {expected} are needed.",
    "Send sub CA and device, in this order.",
  ],
  CheckpointAheadOfTime: [
    "A checkpoint of order {order} names {usedSeconds} seconds; {passedSeconds} have passed since its report.",
    "Wait, or check the machine's clock.",
  ],
  CheckpointDecreases: [
    "A checkpoint of order {order} names {usedSeconds} seconds, the one before {lastSeconds}.",
    "Nothing to do: the later one counts.",
  ],
  ClaimsClosed: [
    "Rewards of epoch {epoch} could be claimed until {closedAt}; the chain's time is {time} (Unix seconds).",
    "What was left goes into a later epoch.",
  ],
  ClaimsOpen: [
    "Rewards of epoch {epoch} can be claimed until {closesAt}; the chain's time is {time} (Unix seconds).",
    "Carry the rest over after that.",
  ],
  CommissionTooLarge: [
    "A commission of {given} basis points passes the limit of {limit}.",
    "Choose a smaller one.",
  ],
  CompensationTooLarge: [
    "A compensation of {given} passes the limit of {limit}.",
    "Choose a smaller one.",
  ],
  ComputeSlotPerHour: [
    "A slot of a compute offer has a price per hour.",
    "Set priceType to \"0\".",
  ],
  ContentHashMissing: [
    "A version of offer {offer} needs the sha-256 of its content.",
    "Give the hash of the resource file.",
  ],
  CreditedLess: [
    "Token {token} credited {credited} of {expected} units.",
    "Tokens that keep a part of a transfer are not accepted; pay in another.",
  ],
  CriticalExtensionUnknown: [
    "A certificate has an unknown critical extension (OID {oid}).",
    "Issue it without.",
  ],
  DeadlineNotReached: [
    "Order {order} can be expired after {deadline}; the chain's time is {blockTime} (Unix seconds).",
    "Wait, or cancel it if it is yours.",
  ],
  DeadlineOutOfRange: [
    "A waiting time of {minutesGiven} minutes is outside {least} to {most}.",
    "Choose one within.",
  ],
  DepositTooSmall: [
    "A deposit of {given} tokens is below the least that the order costs, {required}.",
    "Raise --deposit, or leave it out: the most is paid in and the rest comes back.",
  ],
  DerMalformed: [
    "A certificate is malformed at byte {at}.",
    "Send it as the certification authority issued it.",
  ],
  DeviceLimitReached: [
    "Offer {offer} already has {limit} devices.",
    "Revoke one first.",
  ],
  DeviceNotFound: [
    "The device {device} is not registered.",
    "Register it: `tee run` does so by itself.",
  ],
  DeviceNotOfOffer: [
    "The device {device} serves offer {actual}, not {expected}.",
    "Use a device of the order's machine.",
  ],
  ECDSAInvalidSignature: [
    "The signature is none.",
    "Sign again.",
  ],
  ECDSAInvalidSignatureLength: [
    "A signature of {length} bytes is none.",
    "Give the 65 bytes that the wallet made.",
  ],
  ECDSAInvalidSignatureS: [
    "The signature's s ({s}) is the higher of two.",
    "Sign again with a wallet that makes low s.",
  ],
  ERC20InsufficientAllowance: [
    "The order book may spend {allowance} tokens, {needed} are needed.",
    "Approve it: `workflows create` does so by itself, or `tokens approve`.",
  ],
  ERC20InsufficientBalance: [
    "{sender} has {balance} tokens, {needed} are needed.",
    "Get more tokens: `tokens request` on a test network.",
  ],
  ERC20InvalidApprover: [
    "The token takes no approval by {approver}.",
    "Act with another account.",
  ],
  ERC20InvalidReceiver: [
    "The token cannot be sent to {receiver}.",
    "Name another receiver.",
  ],
  ERC20InvalidSender: [
    "The token cannot be sent by {sender}.",
    "Act with another account.",
  ],
  ERC20InvalidSpender: [
    "The token takes no approval for {spender}.",
    "Name another spender.",
  ],
  ERC2612ExpiredSignature: [
    "The permit ended at {deadline} (Unix seconds).",
    "Sign a new one.",
  ],
  ERC2612InvalidSigner: [
    "The permit was signed by {signer}, not by {owner}.",
    "Sign it with the customer's account.",
  ],
  EpochNotOver: [
    "Epoch {epoch} ends at {endsAt}; the chain's time is {time} (Unix seconds).",
    "Claim after it has ended.",
  ],
  EpochOver: [
    "Epoch {epoch} is over; {running} runs.",
    "Fund the running epoch or a coming one.",
  ],
  EpochTooFar: [
    "Epoch {epoch} begins too far ahead; {latest} is the latest that takes money.",
    "Check the number: `rewards list` shows the running epoch.",
  ],
  ExtensionRepeated: [
    "A certificate has an extension twice (OID {oid}).",
    "Issue it with each extension once.",
  ],
  FailedCall: [
    "One of the calls failed without a reason.",
    "Send the calls one by one to see which.",
  ],
  FaucetPause: [
    "{account} may ask the faucet again at {notBefore} (Unix seconds).",
    "Wait until then.",
  ],
  FaultMismatch: [
    "The status {status} does not go with the fault {fault}.",
    "Done has no fault, Error has one.",
  ],
  FirstWalletOfUser: [
    "{wallet} is the first wallet of user {user}, which has others.",
    "Unlink the others first (`users unlink`), or link those to the other user instead.",
  ],
  IllegalTransition: [
    "Order {order} is {from} and cannot become {to}.",
    "Look at it with `orders get {order}`.",
  ],
  InvalidAccountNonce: [
    "The permit of {account} is out of turn: {currentNonce} is next.",
    "Sign a new permit.",
  ],
  InvalidShortString: [
    "A short text of the contract is malformed.",
    "Check blockchain.contracts in the configuration.",
  ],
  IsStoragePart: [
    "Suborder {suborder} is storage, which is not approved.",
    "The store answers with `storage receive` once it has the content, or `storage deny`.",
  ],
  IssuerMismatch: [
    "The certificate of key {key} names issuer {given}, expected {expected}.",
    "Send the chain in the order root to device, complete.",
  ],
  KeyRevoked: [
    "The key {key} was revoked.",
    "Use another device; a revoked key never comes back.",
  ],
  LeaseAboveMaximum: [
    "A lease of {leaseMinutes} minutes passes the {maxMinutes} that the parts of order {order} sell at most.",
    "Extend by less, or place another order.",
  ],
  LeaseOutOfRange: [
    "A lease of {leaseMinutes} minutes is outside the {minMinutes} to {maxMinutes} (0: no limit) of offer {offer}.",
    "Choose --min-rent-minutes within, or another slot.",
  ],
  LinkExpired: [
    "The link was signed to be sent until {deadline}; the chain's time is {time} (Unix seconds).",
    "Sign it again: `users link`.",
  ],
  LinkNotSigned: [
    "{signer} did not sign this link.",
    "Both wallets have to sign the same link; a link, once made or taken back, makes what was signed before void. Sign again: `users link`.",
  ],
  MachineFull: [
    "The machine of offer {offer} has no room now.",
    "Nothing is lost: the order stays in the queue.",
  ],
  MachineMissing: [
    "The order names no machine.",
    "Name one with --tee, or let candidates be found.",
  ],
  MalformedResources: [
    "The resources {given} pass 2^31 - 1 in one lane.",
    "Correct the slot file.",
  ],
  MinutesReversed: [
    "The least time of {minMinutes} minutes is above the most of {maxMinutes}.",
    "Correct minTimeMinutes and maxTimeMinutes in the slot file.",
  ],
  MixedClaim: [
    "{id} belongs to another provider or another token than the first of the list.",
    "Claim each provider and token on its own.",
  ],
  NoMachineFits: [
    "None of the {machines} machines named has room, fits the parts and the lease, and stands well.",
    "Nothing was spent. Try later, ask for less, or run `explain` with each machine to see why.",
  ],
  NoReward: [
    "Provider {provider} has no reward of token {token} in epoch {epoch}.",
    "Only who claimed earnings in an epoch that was funded has one: `rewards list`.",
  ],
  NotActionAccount: [
    "{caller} is not the action account of provider {provider}.",
    "Use the configuration of the provider that owns the offer (--config).",
  ],
  NotAuthority: [
    "{caller} is not the authority of provider {provider}.",
    "Use the authority's key.",
  ],
  NotCertificateAuthority: [
    "The certificate of key {key} is not of a certificate authority.",
    "Issue it with CA true and the right to sign certificates.",
  ],
  NotCompletingStatus: [
    "Suborder {suborder} cannot be completed with status {status}.",
    "Use done or error.",
  ],
  NotComputeOffer: [
    "Offer {offer} is no compute offer.",
    "Give --tee the id of a compute offer (`offers list tee`).",
  ],
  NotKept: [
    "Suborder {suborder} keeps nothing: its status is {status}.",
    "Only a running retention can be changed.",
  ],
  NotMarkable: [
    "Order {order} cannot be marked: its status is {status}.",
    "Mark it when it has ended after its report.",
  ],
  NotOfferAccount: [
    "{caller} does not act for the provider of offer {offer}.",
    "Use the configuration of its provider (--config).",
  ],
  NotOfferOwner: [
    "{given} does not act for the provider of offer {offer}; {expected} does.",
    "Use that account.",
  ],
  NotOrderCustomer: [
    "{caller} did not place order {order}.",
    "Use the customer's configuration (--config).",
  ],
  NotProvidersBook: [
    "Order book {caller} was not chosen by provider {provider}.",
    "The provider chooses it with `providers update`.",
  ],
  NotReserved: [
    "Only {reserved} tokens of provider {provider} are reserved, not {amount}.",
    "This order book tried to take more than it reserved.",
  ],
  NotService: [
    "Order {order} is a job: it ends when it is done.",
    "Only a service has checkpoints, is extended or stopped.",
  ],
  NotStorageOffer: [
    "Offer {offer} sells no storage.",
    "Name a storage offer; see `offers list value --type storage`.",
  ],
  NotStoragePart: [
    "Suborder {suborder} is no storage.",
    "Name the suborder of the storage offer; see `orders get --suborders`.",
  ],
  NotUsersWallet: [
    "{caller} may not take a wallet off user {user}.",
    "The wallet itself does, or the user's first wallet.",
  ],
  NotValueOffer: [
    "Offer {offer} is a compute offer, not a value offer.",
    "Give --data, --solution or --storage the id of a value offer (`offers list value`).",
  ],
  NothingFunded: [
    "Epoch {epoch} was given nothing of token {token}.",
    "Give an amount above 0.",
  ],
  NothingLeft: [
    "Nothing of token {token} is left of epoch {epoch}.",
    "Nothing to do.",
  ],
  NothingOwed: [
    "Token {token} owes {account} nothing.",
    "There is nothing to take.",
  ],
  NothingToClaim: [
    "{id} has earned nothing that is unclaimed.",
    "Claim orders and suborders that have ended and were paid, once each.",
  ],
  OfferDisabled: [
    "Offer {offer} is disabled.",
    "Choose another, or ask its provider.",
  ],
  OfferNotFound: [
    "There is no offer {offer}.",
    "See `offers list tee` and `offers list value`.",
  ],
  OfferNotListed: [
    "Offer {offer} does not accept offer {other}, version {version}.",
    "Choose an offer that it lists (`offers get value {offer}`).",
  ],
  OfferNotSoldHere: [
    "Offer {offer} is not sold through the order book {book}.",
    "Use the order book that its provider chose.",
  ],
  OfferingIsPaused: [
    "New offers are paused.",
    "Try later; everything else goes on.",
  ],
  OptionIsRetired: [
    "Option {option} of offer {offer} is no longer sold.",
    "Choose another option.",
  ],
  OptionNotOfOffer: [
    "Option {option} is not of offer {offer}.",
    "See `offers get tee {offer}`.",
  ],
  OrderNotFound: [
    "There is no order {order}.",
    "A suborder has its order's id plus its position; see `orders list`.",
  ],
  OrderNotLive: [
    "Order {order} is {status}.",
    "Only an order that waits or runs takes money, minutes or checkpoints.",
  ],
  OrderStillRuns: [
    "Order {order} has not ended (its status is {status}): its store may still answer.",
    "Wait for its end and the time for the receipt.",
  ],
  OtherPrice: [
    "Suborder {suborder} costs {expected} units, the slot {given}.",
    "Name a slot of the same price, or buy new storage.",
  ],
  OtherToken: [
    "Offer {offer} is priced in token {given}, the compute offer in token {expected}.",
    "Choose offers of one token.",
  ],
  OwnUploadRefused: [
    "Offer {offer} accepts only listed offers of type {offerType}, no own upload.",
    "Order a listed offer instead of your file.",
  ],
  PageTooLarge: [
    "A page of {given} rows passes the limit of {limit}.",
    "Ask for fewer, and for the next page after.",
  ],
  Panic: [
    "The contract met an impossible value (panic {code}).",
    "This is a defect: report it with the transaction.",
  ],
  PathLengthWrong: [
    "The certificate of key {key} allows a path of {given}, expected {expected}.",
    "Issue it with the right path length.",
  ],
  PayloadMismatch: [
    "The statement of order {order} has the hash {given}, the signed record says {expected}.",
    "Send the statement that was signed.",
  ],
  PlacedTooLate: [
    "The order came at {blockTime}, after its deadline {deadline} (Unix seconds).",
    "Place it again.",
  ],
  PlacingIsPaused: [
    "New orders are paused.",
    "Try later; running orders go on.",
  ],
  PolicyRefuses: [
    "The policy of offer {offer} does not (or no longer) accept the solution {solutionHash}.",
    "Its owner's authority lists solutions with expiry and uses.",
  ],
  PriceAboveCeiling: [
    "The order would cost up to {most} tokens, above the ceiling of {ceiling}.",
    "Prices rose since the quote: look again, then raise the ceiling.",
  ],
  PriceOverflow: [
    "The slot and options of offer {offer} cost more together than can be counted.",
    "Buy fewer.",
  ],
  ProviderNotFound: [
    "There is no provider {provider}.",
    "See `providers list`.",
  ],
  QueueFull: [
    "{limit} orders wait for offer {offer} already.",
    "Order another machine (`offers list tee`), or wait until some were accepted.",
  ],
  ReceiptTooLate: [
    "The receipt of suborder {suborder} had to come by {deadline}; now it is {blockTime} (Unix seconds).",
    "The customer's money goes back with `storage expire`; nothing has to be kept.",
  ],
  ReentrancyGuardReentrantCall: [
    "A token called back while an order was changing.",
    "Pay in another token.",
  ],
  RegistrationIsPaused: [
    "New providers are paused.",
    "Try later; everything else goes on.",
  ],
  ReportMissing: [
    "Order {order} has no report; nothing can be earned without.",
    "Publish the report first, or abort.",
  ],
  ResourceOverflow: [
    "The resources of the order pass what can be counted.",
    "Buy fewer.",
  ],
  ResourcesInsufficient: [
    "The machine part has too little {resource}: {required} needed, {provided} provided (cpu and gpu in 1/100 core, memory in MiB, bandwidth in kbit/s).",
    "Choose a larger slot, a higher --tee-slot-count, or options.",
  ],
  RetentionFixed: [
    "The retention of suborder {suborder} cannot be changed: it is over, its price is fixed, or its offer is not cancelable.",
    "Buy new storage, or let it end.",
  ],
  RetentionOutOfRange: [
    "A retention of {retentionMinutes} minutes is outside the {minMinutes} to {maxMinutes} (0: no limit) of offer {offer}.",
    "Choose one within.",
  ],
  RewardTokenUnknown: [
    "The order book has no token {token}.",
    "Use the number of a token that it lists.",
  ],
  RootAlreadyListed: [
    "The root {root} is already listed.",
    "Nothing to do.",
  ],
  RootKindFixed: [
    "The root {root} was listed as {kind}; it cannot become {given}.",
    "The kind of a root is fixed for good.",
  ],
  RootNameTaken: [
    "The name of root {root} is taken by root {listed}.",
    "Give the new root another name.",
  ],
  RootNotListed: [
    "The root {root} is not listed.",
    "The market's administrator lists roots; check the certification authority.",
  ],
  SafeCastOverflowedUintDowncast: [
    "The number {value} does not fit {bits} bits.",
    "Claim fewer parts at once.",
  ],
  SafeERC20FailedOperation: [
    "Token {token} refused the transfer.",
    "Check balance and allowance, or pay in another token.",
  ],
  SecurityTooSmall: [
    "Provider {provider} has {free} tokens of free security deposit, {required} are needed.",
    "Add some: `providers deposit`.",
  ],
  ServiceEnded: [
    "The lease or the money of order {order} ended at {endedAt}; the chain's time is {blockTime} (Unix seconds).",
    "Place it again; `orders expire` settles it as of that second.",
  ],
  SharesMalformed: [
    "{recipients} shares of the commission add up to {sum} basis points.",
    "Name at most 8 recipients whose shares add up to 10000.",
  ],
  SimulatedDeviceRefused: [
    "Order {order} accepts hardware only; the device {device} is SIMULATED.",
    "Place it with --accept-simulated, or choose another machine.",
  ],
  SlotCountZero: [
    "A count of offer {offer} is zero.",
    "Buy at least one.",
  ],
  SlotIsRetired: [
    "Slot {slot} of offer {offer} is no longer sold.",
    "Choose another slot.",
  ],
  SlotNotOfOffer: [
    "Slot {slot} is not of offer {offer}.",
    "See `offers get tee {offer}` or `offers get value {offer}`.",
  ],
  SolutionHashMismatch: [
    "{id}: the solution hash {given} is not the order's, {expected}.",
    "If you verified {given}, the customer runs another solution: do not approve. Otherwise give the hash of the solution that you verified.",
  ],
  SolutionMissing: [
    "The order names no solution.",
    "Give --solution.",
  ],
  StorageRestrictsNothing: [
    "Storage offer {offer} cannot restrict the other parts.",
    "Leave the restrictions empty.",
  ],
  StringTooLong: [
    "A text is too long: {str}.",
    "Choose a shorter one.",
  ],
  SuborderNotFound: [
    "There is no suborder {suborder}.",
    "See `orders get <order id> --suborders`.",
  ],
  SuborderNotOpen: [
    "Suborder {suborder} is {status} and its order {orderStatus}: it cannot be completed.",
    "It was completed already, or its order has ended.",
  ],
  TextTooLong: [
    "A text of {length} bytes passes the limit of {limit}.",
    "Shorten it.",
  ],
  TokenNotFound: [
    "{token} is not a token of this order book.",
    "Pay in a listed token.",
  ],
  TokenNotListed: [
    "Token {token} takes no new orders.",
    "Choose an offer that is priced in a listed token.",
  ],
  TooLong: [
    "{length} bytes pass the limit of {limit}.",
    "Send less: large content travels by pointer.",
  ],
  TooManyListed: [
    "Offer {offer} lists {given} offers, the limit is {limit}.",
    "List fewer.",
  ],
  TooManyMachines: [
    "{given} machines were named, {limit} at most.",
    "Name fewer candidates.",
  ],
  TooManyOfType: [
    "Offer {offer} allows {limit} of type {offerType} in an order, {given} were given.",
    "Leave some out.",
  ],
  TooManyOptions: [
    "{given} options were given, the limit is {limit}.",
    "Choose fewer.",
  ],
  TooManyParts: [
    "{given} value offers were given, the limit is {limit}.",
    "Choose fewer.",
  ],
  TooManyWaiting: [
    "User {user} has {limit} orders waiting at compute offer {offer}, the most.",
    "Wait until one is accepted, cancel one, or choose another machine.",
  ],
  TypeRequired: [
    "Offer {offer} needs an offer of type {offerType} beside it.",
    "Add one.",
  ],
  UserNotFound: [
    "There is no user {user}.",
    "See `users get`; a wallet becomes a user with its first order, or by `users link`.",
  ],
  VersionIsDeleted: [
    "Version {version} of offer {offer} was deleted.",
    "Order another version.",
  ],
  VersionNotFound: [
    "Offer {offer} has no version {version}.",
    "See `offers get value {offer}`.",
  ],
  WalletMissing: [
    "The wallet is the zero address.",
    "Name the wallet.",
  ],
  WalletNotLinked: [
    "{wallet} belongs to no user.",
    "Nothing to do.",
  ],
  WalletTaken: [
    "{wallet} already belongs to user {user}.",
    "Unlink it there first: `users unlink`.",
  ],
  WrongCertificateSignature: [
    "The certificate of key {key} is not signed by {issuer}.",
    "Send the chain as the certification authority issued it.",
  ],
  WrongDeviceSignature: [
    "The device {device} did not sign this.",
    "The message, the signature or the device is another.",
  ],
};

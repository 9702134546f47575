// SPDX-License-Identifier: Apache-2.0
import { version } from "../package.json";
import { spctlCommands } from "../src/commands/catalogue";
import { main } from "../src/commands/commandLine";

main({ name: "spctl", summary: "buy, sell and check confidential computing on a Cloister market", version, commands: spctlCommands });

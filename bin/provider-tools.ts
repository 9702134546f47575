// SPDX-License-Identifier: Apache-2.0
import { version } from "../package.json";
import { providerToolsCommands } from "../src/commands/catalogue";
import { main } from "../src/commands/commandLine";

main({ name: "provider-tools", summary: "set up a provider of a Cloister market step by step", version, commands: providerToolsCommands });

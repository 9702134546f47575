// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

// The administration is OpenZeppelin's: roles, delays, schedules. Imported so that the deployment finds its artifact.
// solhint-disable-next-line no-unused-import
import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";

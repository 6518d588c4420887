#!/usr/bin/env node
import { main } from "../main.ts";

await main("submit-aws", process.argv.slice(2));

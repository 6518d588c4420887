#!/usr/bin/env node
import { main } from "../main.ts";

await main("submit-local", process.argv.slice(2));

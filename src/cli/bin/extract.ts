#!/usr/bin/env node
import { main } from "../main.ts";

await main("extract", process.argv.slice(2));

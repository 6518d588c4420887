#!/usr/bin/env node
import { main } from "../main.ts";

await main("pg-bronze", process.argv.slice(2));

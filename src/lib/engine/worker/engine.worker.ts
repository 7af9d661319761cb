/** The engine's worker: Comlink in front of EngineService, nothing else. */
import { expose } from 'comlink';
import { EngineService } from './engine-service';

expose(new EngineService());

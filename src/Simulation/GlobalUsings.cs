global using Scheduler.Contracts.V1;
global using Scheduler.Models;

global using Waits = Scheduler.Hosting.Waits;

namespace Scheduler.Client.Completion;

/// <summary>
/// The commands that only the whole program has, so that the thin one can offer them without starting it. A test compares them with the
/// tree of commands.
/// </summary>
internal static class WholeProgramCommands
{
    public static readonly IReadOnlyList<Candidate> All =
    [
        new("cp", "Copy files and directories out of or into a running instance or task"),
        new("demo", "Demonstrate the scheduler on this machine with real containers, then clean up"),
        new("dev", "Run all components on this machine in one process, in the foreground, until Ctrl-C"),
        new("bbs", "Run a BBS: holds desired and actual state; on a shared store, one is active and others are standbys"),
        new("auctioneer", "Run an auctioneer: places work on cells; one is active, others are standbys"),
        new("rep", "Run a cell: manages containers and their images, networks, health checks and logs"),
        new("converger", "Run a converger: reconciles actual state with desired state; one is active, others are standbys"),
        new("route-emitter", "Run a route emitter: publishes routes to instances over NATS; one is active, others are standbys"),
        new("router", "Run an HTTP router: sends requests to the instances that route emitters register over NATS"),
        new("settings", "List every setting of a component, with its default"),
        new("auction", "Replay recorded auctions"),
        new("simulate", "Simulate large fleets and failing clusters in virtual time, reproducible from a seed"),
        new("version", "Print the program's version"),
    ];
}

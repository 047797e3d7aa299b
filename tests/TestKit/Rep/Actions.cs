using Scheduler.Contracts.V1;

namespace Scheduler.Tests.TestKit.Rep;

/// <summary>Builds actions. Simulated processes are distinguished by the path of their run action.</summary>
public static class Actions
{
    public static LrpAction Run(string path, string logSource = "") =>
        new()
        {
            RunAction = new RunAction
            {
                Path = path,
                User = "vcap",
                LogSource = logSource,
            },
        };

    public static LrpAction Serial(params LrpAction[] actions) => new() { SerialAction = new SerialAction { Actions = { actions } } };

    public static LrpAction Parallel(params LrpAction[] actions) => new() { ParallelAction = new ParallelAction { Actions = { actions } } };

    public static LrpAction Codependent(params LrpAction[] actions) =>
        new() { CodependentAction = new CodependentAction { Actions = { actions } } };

    public static LrpAction Try(LrpAction action) => new() { TryAction = new TryAction { Action = action } };

    public static LrpAction Timeout(LrpAction action, TimeSpan after) =>
        new()
        {
            TimeoutAction = new TimeoutAction { Action = action, TimeoutMs = (long)after.TotalMilliseconds },
        };

    public static LrpAction Progress(LrpAction action, string start = "", string success = "", string failure = "") =>
        new()
        {
            EmitProgressAction = new EmitProgressAction
            {
                Action = action,
                StartMessage = start,
                SuccessMessage = success,
                FailureMessagePrefix = failure,
            },
        };

    public static Check Tcp(uint port, ulong intervalMs = 0) =>
        new()
        {
            TcpCheck = new TCPCheck { Port = port, IntervalMs = intervalMs },
        };
}

using Scheduler.Models;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Runs;

/// <summary>Writes to a container's log how far its image is, while the container is created.</summary>
internal static class PullLines
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    /// <summary>The log keeps few of the cell's lines, and the pull of a large image must not push out the others.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(16);

    /// <param name="images">Null for a runtime that keeps none: there is nothing to write.</param>
    /// <param name="say">Is given each line, without the name of the cell.</param>
    public static async Task<ContainerInfo> DuringAsync(
        Task<ContainerInfo> creating,
        ICellImages? images,
        string container,
        TimeProvider time,
        Action<string> say
    )
    {
        if (images is null)
            return await creating;
        var (began, pause) = (time.GetTimestamp(), FirstPause);
        ImagePull? last = null;
        while (!await Waits.EndsWithinAsync(creating, pause, time, CancellationToken.None))
        {
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            if (images.Pulls().FirstOrDefault(pull => pull.Container == container) is not { } now)
                continue;
            last = now;
            say(PullText.Describe(now.Image, (now.LayersDone, now.Layers), (now.BytesDone, now.Bytes), now.Trouble));
        }

        var created = await creating;
        if (last is not null)
            say($"pulled {last.Image} within {time.GetElapsedTime(began).TotalSeconds:0} s");
        return created;
    }
}

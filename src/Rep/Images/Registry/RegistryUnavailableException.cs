namespace Scheduler.Rep.Images.Registry;

/// <summary>A registry did not answer as required: a retry, another mirror or a later attempt may succeed.</summary>
internal sealed class RegistryUnavailableException(string message, Exception? cause = null, TimeSpan? after = null)
    : Exception(message, cause)
{
    /// <summary>When the registry asks for the retry.</summary>
    public TimeSpan? After => after;
}

namespace Scheduler.Rep.Images.Registry;

/// <summary>A registry did not answer as it should: another try, another mirror or a later time may do better.</summary>
internal sealed class RegistryUnavailableException(string message, Exception? cause = null, TimeSpan? after = null) : Exception(message, cause)
{
    /// <summary>When it asks to be asked again.</summary>
    public TimeSpan? After => after;
}
